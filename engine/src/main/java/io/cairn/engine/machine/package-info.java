/**
 * State machines that bring storage of their own.
 */
package io.cairn.engine.machine;
