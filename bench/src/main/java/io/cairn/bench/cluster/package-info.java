/** Clusters as targets of load and of torture: members inside this process, driven by hand, and members in processes of their own. */
package io.cairn.bench.cluster;
