package main

// watchesOthers says that watching another user's mailbox keeps nothing of his.
const watchesOthers = true
