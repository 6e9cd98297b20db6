/**
 * The client's side of a connection to a cluster: the rings of an embedded client, pumped over the network, to whoever leads.
 */
package io.cairn.engine.remote;
