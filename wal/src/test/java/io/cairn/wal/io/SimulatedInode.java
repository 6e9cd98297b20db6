package io.cairn.wal.io;

import java.util.TreeMap;

/**
 * A file or a directory of the simulated disk. A directory's entries exist twice: as the process sees them and as the disk holds them.
 */
final class SimulatedInode
{
    private final SimulatedContent content;
    private final TreeMap<String, SimulatedInode> entries;
    private final TreeMap<String, SimulatedInode> durableEntries;

    private SimulatedInode(final SimulatedContent content)
    {
        this.content = content;
        entries = content == null ? new TreeMap<>() : null;
        durableEntries = content == null ? new TreeMap<>() : null;
    }

    static SimulatedInode directory()
    {
        return new SimulatedInode(null);
    }

    static SimulatedInode file(final SimulatedContent content)
    {
        return new SimulatedInode(content);
    }

    boolean isDirectory()
    {
        return content == null;
    }

    SimulatedContent content()
    {
        return content;
    }

    TreeMap<String, SimulatedInode> entries()
    {
        return entries;
    }

    TreeMap<String, SimulatedInode> durableEntries()
    {
        return durableEntries;
    }
}
