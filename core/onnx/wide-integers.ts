import Long from "long";
import protobuf from "protobufjs/minimal.js";

// protobufjs finds `long` with its own `require`, which bundlers do not see and test runners may resolve to the wrong kind
// of module. Without it, an int64 is read as a number and INT64_MAX, which exporters write as the end of a Slice, is lost.
// Set before onnx-proto is loaded, so that Node, browsers and workerd read the same integers.
protobuf.util.Long = Long as unknown as typeof protobuf.util.Long;
protobuf.configure();
