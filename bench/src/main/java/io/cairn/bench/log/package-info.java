/** The write-ahead log alone under load. */
package io.cairn.bench.log;
