/** What the machine itself can do, measured in the same run as Cairn: ring hop, force, sequential write, jitter. */
package io.cairn.bench.floor;
