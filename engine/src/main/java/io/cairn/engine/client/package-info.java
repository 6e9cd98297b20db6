/**
 * What an application sees of an engine or a cluster: the interfaces of the clients, the status of a reply, the errors.
 */
package io.cairn.engine.client;
