/**
 * What a running node shows of itself: counters and distinct errors in a mapped file that another process can read, and a Prometheus endpoint.
 */
package io.cairn.engine.status;
