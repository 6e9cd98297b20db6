/**
 * Clients inside the engine's process: what runs on the application's threads and talks to the agents through rings.
 */
package io.cairn.engine.embedded;
