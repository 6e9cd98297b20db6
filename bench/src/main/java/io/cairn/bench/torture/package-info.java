/** Real member processes that are killed, paused and restarted while clients record what they asked and what they were told. */
package io.cairn.bench.torture;
