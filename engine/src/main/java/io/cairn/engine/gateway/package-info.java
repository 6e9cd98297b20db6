/**
 * Where clients of other processes come in: the messages that they and members exchange, and the member's side of it.
 */
package io.cairn.engine.gateway;
