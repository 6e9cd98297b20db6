/** A stored log applied once more, to see whether a state machine makes the same state of it. Looks, and changes nothing. */
package io.cairn.engine.replay;
