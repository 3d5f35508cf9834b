/*
 * To be imported before onnxruntime-node. Where JavaScript has Float16Array, onnxruntime-node 1.30 hands it to its
 * native part, which knows only Uint16Array for float16 and sees an empty tensor. Without it, it takes the bits.
 */
Reflect.deleteProperty(globalThis, "Float16Array");
