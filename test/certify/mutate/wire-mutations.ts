import type { Tape } from "../generate/tape.ts";
import { FIELDS } from "./schema.ts";
import {
  copyOf,
  field,
  FIXED32,
  FIXED64,
  isMessage,
  joined,
  LENGTH,
  overlong,
  placesIn,
  tagBytes,
  VARINT,
  varintBytes,
  varintsIn,
  type Field,
  type Message,
  type Place,
} from "./wire.ts";

/** Changes a file in place; false where there is nothing in it to change so. */
export type Mutation = (model: Message, tape: Tape) => boolean;

/** Changes of the bytes that do not ask what the fields mean to a graph. */
export const WIRE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a singular field twice, with the same value": (model, tape) =>
    onPlace(model, tape, isSingular, ({ parent, index, field: own }) => {
      const twin = isMessage(own.value) ? { ...own, value: copyOf(own.value) } : own;
      parent.fields.splice(tape.pick([0, index, parent.fields.length]), 0, twin);
    }),
  "a singular field twice, with another value": (model, tape) =>
    onPlace(model, tape, isSingular, ({ parent, index, field: own }) => {
      parent.fields.splice(tape.pick([0, index, index + 1, parent.fields.length]), 0, changed(own, tape));
    }),
  "a message in two parts": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ field: { value } }) => isMessage(value) && value.fields.length > 1,
      ({ parent, index, field: own }) => {
        const { type, fields } = own.value as Message;
        const at = tape.below(fields.length);
        const parts = [fields.slice(0, at), fields.slice(at)];
        parent.fields.splice(index, 1, ...parts.map((part) => ({ ...own, value: { type, fields: part } })));
      },
    ),
  "two messages as one": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ parent, index, field: own }) => isMessage(own.value) && parent.fields[index + 1]?.number === own.number,
      ({ parent, index, field: own }) => {
        const next = parent.fields[index + 1]!.value as Message;
        const fields = [...(own.value as Message).fields, ...next.fields];
        parent.fields.splice(index, 2, { ...own, value: { type: next.type, fields } });
      },
    ),
  "fields in another order, lists as they were": (model, tape) =>
    onMessage(model, tape, (target) => {
      const order = target.fields.map((each) => ({ each, key: tape.below(1000) }));
      const keys = new Map(order.map(({ each, key }) => [each.number, key]));
      sortInto(
        target,
        order.map(({ each }) => ({ each, key: keys.get(each.number)! })),
      );
    }),
  "fields in any order": (model, tape) =>
    onMessage(model, tape, (target) =>
      sortInto(
        target,
        target.fields.map((each) => ({ each, key: tape.below(1000) })),
      ),
    ),
  "a longer varint than needed": (model, tape) =>
    onPlace(
      model,
      tape,
      () => true,
      ({ parent, index, field: own }) => {
        const padding = tape.pick([1, 1, 2, 4, 8, 9]);
        parent.fields[index] = { ...own, value: { raw: overlong(own, tape.pick(["tag", "value"]), padding) } };
      },
    ),
  "another wire type": (model, tape) =>
    onPlace(
      model,
      tape,
      () => true,
      ({ parent, index, field: own }) => {
        const wire = tape.pick([VARINT, FIXED64, LENGTH, FIXED32].filter((each) => each !== own.wire));
        const value = wire === VARINT ? 1n : new Uint8Array(wire === FIXED64 ? 8 : 4);
        parent.fields[index] = { number: own.number, wire, value };
      },
    ),
  "a list of numbers packed, or one by one": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ parent, field: own }) => FIELDS[parent.type][own.number] === "int*",
      ({ parent, field: own }) => {
        const all = parent.fields.filter(({ number }) => number === own.number);
        const numbers = all.flatMap((each) => (typeof each.value === "bigint" ? [each.value] : varintsIn(each.value)));
        const others = parent.fields.filter(({ number }) => number !== own.number);
        const packed = own.wire === LENGTH && numbers.length < 400;
        const list = packed
          ? numbers.map((value) => field(own.number, value))
          : [field(own.number, joined(numbers.map((value) => varintBytes(value))))];
        parent.fields.splice(0, parent.fields.length, ...others, ...list);
      },
    ),
  "a list of numbers or bytes cut short": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ field: { value } }) => value instanceof Uint8Array && value.length > 0,
      ({ parent, index, field: own }) => {
        const bytes = own.value as Uint8Array;
        parent.fields[index] = { ...own, value: bytes.slice(0, bytes.length - tape.pick([1, 1, 2, 4])) };
      },
    ),
  "a number with more bits than its type": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ field: { wire } }) => wire === VARINT,
      ({ parent, index, field: own }) => {
        const low = own.value as bigint;
        parent.fields[index] = { ...own, value: low + tape.pick([2n ** 32n, 2n ** 33n, 2n ** 63n]) };
      },
    ),
  "a field that the schema lacks": (model, tape) =>
    onMessage(model, tape, ({ fields }) => {
      const number = tape.pick([17, 24, 99, 1000, 15, 500_000_000]);
      fields.splice(tape.below(fields.length + 1), 0, {
        number,
        ...tape.pick([
          { wire: VARINT, value: 1n },
          { wire: LENGTH, value: Uint8Array.of(8, 1) },
          { wire: FIXED32, value: new Uint8Array(4) },
          // A group that holds one field.
          { wire: 3, value: { raw: joined([tagBytes(number, 3), Uint8Array.of(8, 1), tagBytes(number, 4)]) } },
        ]),
      });
    }),
  "a field left out": (model, tape) =>
    onPlace(
      model,
      tape,
      () => true,
      ({ parent, index }) => parent.fields.splice(index, 1),
    ),
  "one byte changed": (model, tape) =>
    onPlace(
      model,
      tape,
      ({ field: { value } }) => value instanceof Uint8Array && value.length > 0,
      ({ parent, index, field: own }) => {
        const bytes = (own.value as Uint8Array).slice();
        bytes[tape.below(bytes.length)]! ^= 2 ** tape.below(8);
        parent.fields[index] = { ...own, value: bytes };
      },
    ),
};

function isSingular({ parent, field: { number } }: Place): boolean {
  return FIELDS[parent.type][number]?.endsWith("*") === false;
}

function onPlace(
  model: Message,
  tape: Tape,
  suits: (place: Place) => boolean,
  change: (place: Place) => unknown,
): boolean {
  // Models hold far more elements than anything else; a level is picked first, so that the upper ones are met too.
  const byType = Map.groupBy(placesIn(model).filter(suits), ({ parent }) => parent.type);
  if (byType.size === 0) return false;
  change(tape.pick(byType.get(tape.pick([...byType.keys()]))!));
  return true;
}

function onMessage(model: Message, tape: Tape, change: (target: Message) => void): boolean {
  const all = [model, ...placesIn(model).flatMap(({ field: { value } }) => (isMessage(value) ? [value] : []))];
  const byType = Map.groupBy(all, ({ type }) => type);
  change(tape.pick(byType.get(tape.pick([...byType.keys()]))!));
  return true;
}

function sortInto({ fields }: Message, keyed: readonly { readonly each: Field; readonly key: number }[]): void {
  const sorted = keyed.toSorted((a, b) => a.key - b.key).map(({ each }) => each);
  fields.splice(0, fields.length, ...sorted);
}

function changed(own: Field, tape: Tape): Field {
  const { value } = own;
  if (typeof value === "bigint") return { ...own, value: value + tape.pick([1n, 2n, -1n, 6n]) };
  if (value instanceof Uint8Array) {
    const bytes = value.slice();
    if (bytes.length === 0) return { ...own, value: Uint8Array.of(0x77) };
    bytes[tape.below(bytes.length)]! ^= 1;
    return { ...own, value: bytes };
  }
  const copy = copyOf(value as Message);
  // A merged message keeps what the second one leaves out.
  const keep = tape.below(copy.fields.length + 1);
  copy.fields.splice(keep, Math.max(0, copy.fields.length - keep - 1));
  return { ...own, value: copy };
}
