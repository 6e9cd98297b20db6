/** The embedded engine as a target of load. */
package io.cairn.bench.embedded;
