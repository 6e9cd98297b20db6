/** Load generators, open and closed loop, and what they record. They know a {@link io.cairn.bench.load.Target} and no engine. */
package io.cairn.bench.load;
