package io.cairn.fsm.page;

/**
 * Who reads what: the newest frozen root and the table of pinned epochs.
 */
final class Epochs
{
}
