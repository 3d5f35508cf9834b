import type { AnyTensor } from "#core/tensors/given-tensor.ts";
import type { DimSizes } from "./dim-sizes.ts";

/**
 * Where the inputs come from: one of `images`, `inputs`, `tensors` and `random`. Default: the ten built-in digits for a model
 * that takes images of their size (28x28), and 10 random inputs for every other model.
 */
export interface InputOptions {
  /** Built-in digits by id, "0" to "9". */
  readonly images?: readonly string[];
  /** Paths of files and folders; "name=file.npy" for one input of several. */
  readonly inputs?: readonly string[];
  /**
   * A tensor for each of the model's inputs, by name. It is cut along its first dimension into single inputs where that is
   * the model's batch. A typed array alone takes the shape that the model declares.
   */
  readonly tensors?: Readonly<Record<string, AnyTensor>>;
  /**
   * Files of outputs that were saved elsewhere, which are compared as the source "expected": .npy, .npz or .json, or
   * "name=file" for one output of several. Default: the arrays of an .npz of inputs that are named like the model's outputs.
   */
  readonly expected?: readonly string[];
  /** Number of random inputs. */
  readonly random?: number;
  /** Of the random inputs: 0 to 2^32 - 1. Default: 1. */
  readonly seed?: number;
  /** Bounds of the random numbers. Default: by the element type, e.g. multiples of 2^-16 in [-1, 1) for float32. */
  readonly range?: readonly [lowest: number, highest: number];
  /** Sizes of dynamic dimensions of random inputs, by name ("seq") or place ("ids.1"). Default: 1. */
  readonly dims?: DimSizes;
  /** The largest number of inputs that are taken. Default: all. */
  readonly limit?: number;
  /** Feed arrays whole, instead of cutting them along their first dimension. Default: false. */
  readonly whole?: boolean;
}
