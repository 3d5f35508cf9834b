import process from "node:process";

/*
 * To be imported before onnxruntime-node. From 1.30 on, its builds for Linux and macOS send events about models, sessions
 * and errors to Microsoft unless this variable is set when the library loads; they also keep a device id and a database
 * under ~/.cache/Microsoft, leave a log per process in the temporary folder, and need some 70 ms of each start. A value that
 * the user sets is kept.
 */
process.env["ORT_DISABLE_TELEMETRY"] ||= "1";
