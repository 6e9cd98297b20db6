package io.cairn.wal.io;

import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * One change of directory entries that the disk may not hold yet: an entry removed, an entry set, or both at once (a rename). Atomic.
 */
final class DirectoryChange
{
    private final SimulatedInode fromDirectory;
    private final String fromName;
    private final SimulatedInode toDirectory;
    private final String toName;
    private final SimulatedInode inode;
    private final SimulatedInode replaced;

    private DirectoryChange(
        final SimulatedInode fromDirectory,
        final String fromName,
        final SimulatedInode toDirectory,
        final String toName,
        final SimulatedInode inode,
        final SimulatedInode replaced)
    {
        this.fromDirectory = fromDirectory;
        this.fromName = fromName;
        this.toDirectory = toDirectory;
        this.toName = toName;
        this.inode = inode;
        this.replaced = replaced;
    }

    static DirectoryChange added(final SimulatedInode directory, final String name, final SimulatedInode inode)
    {
        return new DirectoryChange(null, null, directory, name, inode, null);
    }

    static DirectoryChange removed(final SimulatedInode directory, final String name, final SimulatedInode inode)
    {
        return new DirectoryChange(directory, name, null, null, inode, null);
    }

    static DirectoryChange renamed(
        final SimulatedInode fromDirectory,
        final String fromName,
        final SimulatedInode toDirectory,
        final String toName,
        final SimulatedInode inode,
        final SimulatedInode replaced)
    {
        return new DirectoryChange(fromDirectory, fromName, toDirectory, toName, inode, replaced);
    }

    boolean concerns(final SimulatedInode directory)
    {
        return fromDirectory == directory || toDirectory == directory;
    }

    /** A file system keeps changes of one name and of one file in order. */
    boolean dependsOn(final DirectoryChange earlier)
    {
        return inode == earlier.inode ||
            replaced != null && replaced == earlier.inode ||
            earlier.replaced != null && inode == earlier.replaced ||
            touches(earlier.fromDirectory, earlier.fromName) ||
            touches(earlier.toDirectory, earlier.toName) ||
            concerns(earlier.inode);
    }

    void applyToDisk()
    {
        if (fromDirectory != null)
        {
            fromDirectory.durableEntries().remove(fromName, inode);
        }
        if (toDirectory != null)
        {
            toDirectory.durableEntries().put(toName, inode);
        }
    }

    void forEachInode(final Consumer<SimulatedInode> consumer)
    {
        for (final SimulatedInode each : new SimulatedInode[]{fromDirectory, toDirectory, inode, replaced})
        {
            if (each != null)
            {
                consumer.accept(each);
            }
        }
    }

    DirectoryChange copy(final Map<SimulatedInode, SimulatedInode> copies)
    {
        return new DirectoryChange(copies.get(fromDirectory), fromName, copies.get(toDirectory), toName, copies.get(inode), copies.get(replaced));
    }

    private boolean touches(final SimulatedInode directory, final String name)
    {
        return directory != null &&
            (directory == fromDirectory && Objects.equals(name, fromName) || directory == toDirectory && Objects.equals(name, toName));
    }
}
