/*
 * Loaded into the sides before their own code (node --import). The channel to the command closes when the command
 * ends, even by SIGKILL; without this the sides would then go on unseen and hold their ports.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Listening alone must not keep a side alive that has nothing left to do.
process.channel?.unref();
