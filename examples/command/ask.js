// The same with the deskbell command, in Node.js.
const { spawnSync } = require('child_process');
const [queue, seconds] = process.argv.slice(2);
const done = spawnSync('deskbell', ['ask', 'Install the update now?', '--queue', queue, '--button', 'Now', '--button', 'Tonight at eight', '--within', seconds + 's'], { stdio: 'inherit' });
process.exitCode = done.status > 1 ? done.status : 0;
