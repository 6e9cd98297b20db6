/** JMH benchmarks of the parts: checksum, codec, page copy, freeze, B-tree, ring hop, log append. Run by {@code cairn-bench micro}. */
package io.cairn.bench.micro;
