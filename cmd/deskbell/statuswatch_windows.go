package main

// watchesOthers says that watching another user's mailbox would keep a key of
// his hive open, which cannot be unloaded then.
const watchesOthers = false
