package io.cairn.wal.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The directories of a simulated disk and the changes of their entries that the disk does not hold yet, in order.
 */
final class SimulatedTree
{
    private final SimulatedInode root;
    private List<DirectoryChange> pending = new ArrayList<>();

    SimulatedTree()
    {
        this(SimulatedInode.directory());
    }

    private SimulatedTree(final SimulatedInode root)
    {
        this.root = root;
    }

    SimulatedInode root()
    {
        return root;
    }

    void changed(final DirectoryChange change)
    {
        pending.add(change);
    }

    int pendingChanges()
    {
        return pending.size();
    }

    /** Makes the entries of one directory durable, and what they depend on. */
    void commit(final SimulatedInode directory)
    {
        final boolean[] chosen = new boolean[pending.size()];
        for (int i = 0; i < chosen.length; i++)
        {
            chosen[i] = pending.get(i).concerns(directory);
        }
        commit(chosen);
    }

    /** What a journal that commits now and then may hold. */
    void commitPrefix(final SplittableRandom draw)
    {
        final boolean[] chosen = new boolean[pending.size()];
        Arrays.fill(chosen, 0, draw.nextInt(chosen.length + 1), true);
        commit(chosen);
    }

    /** The same tree with the same pending changes and copies of all files. */
    SimulatedTree copy()
    {
        return copy(true);
    }

    /** The tree that the disk holds after a power loss. */
    SimulatedTree afterPowerLoss(final SplittableRandom draw, final SectorSurvival survival)
    {
        final SimulatedTree onDisk = copy(false);
        onDisk.commitSome(draw);
        return new SimulatedTree(survivor(onDisk.root, draw, survival, new IdentityHashMap<>()));
    }

    long usedBytes()
    {
        return usedBytes(root, new IdentityHashMap<>());
    }

    void giveBack()
    {
        giveBack(root, new IdentityHashMap<>());
    }

    void collect(final List<Path> paths)
    {
        collect(root, Path.of("/"), paths);
    }

    SimulatedInode find(final Path path)
    {
        SimulatedInode inode = root;
        for (final Path element : path.normalize())
        {
            if (inode == null || !inode.isDirectory())
            {
                return null;
            }
            inode = element.toString().isEmpty() ? inode : inode.entries().get(element.toString());
        }
        return inode;
    }

    SimulatedInode file(final Path path)
    {
        final SimulatedInode inode = find(path);
        if (inode == null || inode.isDirectory())
        {
            throw new StorageException(StorageException.Kind.NOT_FOUND, path, inode == null ? "no such file" : "is a directory");
        }
        return inode;
    }

    SimulatedInode directory(final Path path)
    {
        final SimulatedInode inode = path == null ? root : find(path);
        if (inode == null || !inode.isDirectory())
        {
            throw new StorageException(StorageException.Kind.NOT_FOUND, path, "no such directory");
        }
        return inode;
    }

    static String name(final Path path)
    {
        return path.getFileName().toString();
    }

    /** A prefix of the changes, or any subset that keeps their order. */
    private void commitSome(final SplittableRandom draw)
    {
        if (draw.nextBoolean())
        {
            commitPrefix(draw);
            return;
        }
        final boolean[] chosen = new boolean[pending.size()];
        for (int i = 0; i < chosen.length; i++)
        {
            chosen[i] = draw.nextInt(3) == 0;
        }
        commit(chosen);
    }

    private void commit(final boolean[] chosen)
    {
        for (int i = chosen.length - 1; i >= 0; i--)
        {
            for (int j = 0; chosen[i] && j < i; j++)
            {
                chosen[j] |= pending.get(i).dependsOn(pending.get(j));
            }
        }
        final List<DirectoryChange> left = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++)
        {
            if (chosen[i])
            {
                pending.get(i).applyToDisk();
            }
            else
            {
                left.add(pending.get(i));
            }
        }
        pending = left;
    }

    private SimulatedTree copy(final boolean contents)
    {
        final Map<SimulatedInode, SimulatedInode> copies = new IdentityHashMap<>();
        final SimulatedTree copy = new SimulatedTree(copyOf(root, contents, copies));
        for (final DirectoryChange change : pending)
        {
            change.forEachInode(inode -> copyOf(inode, contents, copies));
            copy.pending.add(change.copy(copies));
        }
        return copy;
    }

    private static SimulatedInode copyOf(
        final SimulatedInode inode, final boolean contents, final Map<SimulatedInode, SimulatedInode> copies)
    {
        final SimulatedInode known = copies.get(inode);
        if (known != null)
        {
            return known;
        }
        if (!inode.isDirectory())
        {
            final SimulatedInode copy = contents ? SimulatedInode.file(inode.content().copy()) : inode;
            copies.put(inode, copy);
            return copy;
        }
        final SimulatedInode copy = SimulatedInode.directory();
        copies.put(inode, copy);
        inode.entries().forEach((name, child) -> copy.entries().put(name, copyOf(child, contents, copies)));
        inode.durableEntries().forEach((name, child) -> copy.durableEntries().put(name, copyOf(child, contents, copies)));
        return copy;
    }

    private static SimulatedInode survivor(
        final SimulatedInode inode,
        final SplittableRandom draw,
        final SectorSurvival survival,
        final Map<SimulatedInode, SimulatedInode> survivors)
    {
        final SimulatedInode known = survivors.get(inode);
        if (known != null)
        {
            return known;
        }
        if (!inode.isDirectory())
        {
            survival.nextFile();
            final SimulatedInode after = SimulatedInode.file(inode.content().afterPowerLoss(draw, survival));
            survivors.put(inode, after);
            return after;
        }
        final SimulatedInode after = SimulatedInode.directory();
        survivors.put(inode, after);
        for (final Map.Entry<String, SimulatedInode> entry : inode.durableEntries().entrySet())
        {
            final SimulatedInode child = survivor(entry.getValue(), draw, survival, survivors);
            after.entries().put(entry.getKey(), child);
            after.durableEntries().put(entry.getKey(), child);
        }
        return after;
    }

    private static void giveBack(final SimulatedInode inode, final Map<SimulatedInode, Boolean> seen)
    {
        if (seen.put(inode, Boolean.TRUE) != null)
        {
            return;
        }
        if (!inode.isDirectory())
        {
            inode.content().giveBack();
            return;
        }
        inode.entries().values().forEach(child -> giveBack(child, seen));
        inode.durableEntries().values().forEach(child -> giveBack(child, seen));
    }

    private static long usedBytes(final SimulatedInode inode, final Map<SimulatedInode, Boolean> seen)
    {
        if (seen.put(inode, Boolean.TRUE) != null)
        {
            return 0;
        }
        if (!inode.isDirectory())
        {
            return inode.content().allocated();
        }
        long sum = 0;
        for (final SimulatedInode child : inode.entries().values())
        {
            sum += usedBytes(child, seen);
        }
        return sum;
    }

    private static void collect(final SimulatedInode directory, final Path path, final List<Path> paths)
    {
        for (final Map.Entry<String, SimulatedInode> entry : directory.entries().entrySet())
        {
            final Path child = path.resolve(entry.getKey());
            if (entry.getValue().isDirectory())
            {
                collect(entry.getValue(), child, paths);
            }
            else
            {
                paths.add(child);
            }
        }
    }
}
