package io.cairn.wal;

/**
 * What opening a log found and did.
 */
public final class RecoveryReport
{
    RecoveryReport()
    {
    }
}
