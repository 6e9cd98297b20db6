/**
 * Where the pages of the state get their memory: the implementations of {@link io.cairn.fsm.page.ExtentSource}.
 */
package io.cairn.engine.memory;
