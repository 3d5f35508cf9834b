import Long from "long";
import protobuf from "protobufjs/minimal.js";

// protobufjs looks for `long` with a `require` of its own, which bundlers cannot see and test runners may answer with
// the wrong kind of module. Without it an int64 is read as a number and loses INT64_MAX, which exporters write as the
// end of a Slice. Set here, before onnx-proto is loaded, Node, browsers and workerd read the same integers.
protobuf.util.Long = Long as unknown as typeof protobuf.util.Long;
protobuf.configure();
