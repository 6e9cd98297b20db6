package io.cairn.wal.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A file system in memory that can lose power, for tests and for simulation of the whole node. Deterministic: the same seed and the same calls
 * give the same states. One thread; no clock.
 * <p>
 * <b>Model.</b> A file has a page cache, which {@link StorageFile#map} hands out, and a disk image. A force copies the covered 4 KiB pages to the
 * disk. Entries of directories are on the disk only after {@link #forceDirectory}. A power loss keeps
 * <ul>
 * <li>any subset of the un-forced 512-byte sectors, each whole (records longer than a sector are torn);</li>
 * <li>of un-forced changes of length the old one, the shortest or the new one, or something between; what was never written reads as zero;</li>
 * <li>of un-forced directory changes either a prefix of all, as a journal keeps, or a subset that respects the order of the changes of one name and
 * of one file.</li>
 * </ul>
 * The death of a process keeps the page cache and all entries. Handles of an earlier life throw. A failed force leaves its pages readable and clean,
 * so that the next force succeeds and writes nothing, as ext4, XFS and Btrfs do.
 * <p>
 * <b>Use.</b> {@link #afterPowerLoss} and {@link #afterProcessCrash} leave this disk alone and return another one, so that one run of a workload
 * serves every crash point: take them in {@link #observer(OperationObserver)}, which is called before each changing operation, and between
 * operations. {@link #powerLoss} and {@link #processCrash} are the same in place. {@link #losePowerAt} throws {@link SimulatedCrash} from an
 * operation on. Close the disks that are not needed any more: their memory is reused.
 */
public final class SimulatedStorageIo implements StorageIo, AutoCloseable
{
    private static final long NEVER = Long.MAX_VALUE;

    private final MemoryPool pool;
    private final SplittableRandom random;
    private SimulatedTree tree = new SimulatedTree();
    private Map<Path, Integer> locks = new HashMap<>();
    private OperationObserver observer = OperationObserver.NONE;
    private FaultPlan faults = FaultPlan.NONE;
    private long operations;
    private long powerLossAt = NEVER;
    private long capacityBytes = 1L << 40;
    private int boots = 1;
    private int life = 1;
    private int openHandles;
    private int openRegions;
    private int writeBackOneOf;
    private boolean linksSupported = true;

    /**
     * An empty disk.
     *
     * @param seed of everything that is drawn.
     */
    public SimulatedStorageIo(final long seed)
    {
        this(seed, new MemoryPool());
    }

    private SimulatedStorageIo(final long seed, final MemoryPool pool)
    {
        this.random = new SplittableRandom(seed);
        this.pool = pool;
    }

    // ---------------------------------------------------------------- what tests see and set

    /**
     * How many changing operations there were: the number of the next crash point.
     *
     * @return a count.
     */
    public long operations()
    {
        return operations;
    }

    /**
     * Sets who is told of each changing operation before it happens.
     *
     * @param value never null.
     * @return this.
     */
    public SimulatedStorageIo observer(final OperationObserver value)
    {
        observer = value;
        return this;
    }

    /**
     * Sets what fails.
     *
     * @param value never null.
     * @return this.
     */
    public SimulatedStorageIo faults(final FaultPlan value)
    {
        faults = value;
        return this;
    }

    /**
     * Lets the power fail at a changing operation: it and every later one throws {@link SimulatedCrash} until {@link #powerLoss} or
     * {@link #processCrash}.
     *
     * @param operation number of the first one that does not happen.
     * @return this.
     */
    public SimulatedStorageIo losePowerAt(final long operation)
    {
        powerLossAt = operation;
        return this;
    }

    /**
     * Limits the disk.
     *
     * @param value bytes that files may occupy together.
     * @return this.
     */
    public SimulatedStorageIo capacityBytes(final long value)
    {
        capacityBytes = value;
        return this;
    }

    /**
     * Lets the kernel write back some dirty sectors, and commit some directory changes, before one changing operation of so many, so that contents
     * that were overwritten before they were forced can survive.
     *
     * @param oneOf 0 for never.
     * @return this.
     */
    public SimulatedStorageIo writeBackOneOf(final int oneOf)
    {
        writeBackOneOf = oneOf;
        return this;
    }

    /**
     * Says whether {@link #link} works.
     *
     * @param value false to refuse with {@link StorageException.Kind#UNSUPPORTED}.
     * @return this.
     */
    public SimulatedStorageIo linksSupported(final boolean value)
    {
        linksSupported = value;
        return this;
    }

    /**
     * Open files, regions and locks of the present life.
     *
     * @return a count, 0 when all was given back.
     */
    public int openHandles()
    {
        return openHandles + openRegions + locks.size();
    }

    /**
     * Every file on the disk as the process sees it.
     *
     * @return paths in order.
     */
    public List<Path> files()
    {
        final List<Path> paths = new ArrayList<>();
        tree.collect(paths);
        return paths;
    }

    /**
     * Length of a file.
     *
     * @param path of the file.
     * @return in bytes.
     */
    public long sizeOf(final Path path)
    {
        return tree.file(path).content().size();
    }

    /**
     * A byte of a file.
     *
     * @param path   of the file.
     * @param offset of the byte.
     * @return the byte in the page cache.
     */
    public byte byteAt(final Path path, final int offset)
    {
        return tree.file(path).content().cache().getByte(offset);
    }

    /**
     * Damages a byte, in the page cache and on the disk.
     *
     * @param path   of the file.
     * @param offset of the byte.
     * @param value  that stands there afterwards.
     */
    public void damage(final Path path, final int offset, final byte value)
    {
        tree.file(path).content().putDurable(offset, value);
    }

    /**
     * Cuts or extends a file, durably: damage, not an operation.
     *
     * @param path      of the file.
     * @param sizeBytes its length afterwards.
     */
    public void damageSize(final Path path, final long sizeBytes)
    {
        final SimulatedContent content = tree.file(path).content();
        content.resize(sizeBytes);
        content.force();
    }

    /**
     * Makes a file vanish, durably: damage, not an operation.
     *
     * @param path of the file.
     */
    public void damageByLoss(final Path path)
    {
        final SimulatedInode directory = tree.directory(path.getParent());
        directory.entries().remove(SimulatedTree.name(path));
        directory.durableEntries().remove(SimulatedTree.name(path));
    }

    /**
     * Exchanges two files, durably: damage, not an operation.
     *
     * @param a path of one.
     * @param b path of the other.
     */
    public void damageBySwap(final Path a, final Path b)
    {
        final SimulatedInode fileA = tree.file(a);
        final SimulatedInode fileB = tree.file(b);
        tree.directory(a.getParent()).entries().put(SimulatedTree.name(a), fileB);
        tree.directory(a.getParent()).durableEntries().put(SimulatedTree.name(a), fileB);
        tree.directory(b.getParent()).entries().put(SimulatedTree.name(b), fileA);
        tree.directory(b.getParent()).durableEntries().put(SimulatedTree.name(b), fileA);
    }

    /**
     * How much a power loss has to choose from.
     *
     * @return un-forced sectors and directory changes.
     */
    public int unforced()
    {
        int count = tree.pendingChanges();
        for (final Path path : files())
        {
            count += tree.file(path).content().dirtySectors();
        }
        return count;
    }

    // ---------------------------------------------------------------- crashes

    /**
     * The disk as a power loss at this moment leaves it. This one is not touched.
     *
     * @param seed of what survives.
     * @return another disk with no handles, no faults, a new boot id.
     */
    public SimulatedStorageIo afterPowerLoss(final long seed)
    {
        final SplittableRandom draw = new SplittableRandom(seed);
        final SimulatedStorageIo after = successor();
        after.tree = tree.afterPowerLoss(draw, new SectorSurvival(draw));
        after.boots++;
        return after;
    }

    /**
     * The disk as the death of this process leaves it: everything that was written or stored is there, forced or not. This one is not touched.
     *
     * @return another disk with no handles, no faults, the same boot id.
     */
    public SimulatedStorageIo afterProcessCrash()
    {
        final SimulatedStorageIo after = successor();
        after.tree = tree.copy();
        return after;
    }

    /**
     * The disk as the death of this process leaves it in the middle of its stores: of the 4-byte words that changed in mapped files since
     * {@code before} was taken with {@link #afterProcessCrash()}, any subset is there.
     *
     * @param before the disk before the stores.
     * @param seed   of what is there.
     * @return another disk.
     */
    public SimulatedStorageIo afterTornStores(final SimulatedStorageIo before, final long seed)
    {
        final SplittableRandom draw = new SplittableRandom(seed);
        final SimulatedStorageIo after = afterProcessCrash();
        final int mode = draw.nextInt(3);
        for (final Path path : after.files())
        {
            final SimulatedInode old = before.tree.find(path);
            if (old != null && !old.isDirectory())
            {
                after.tree.file(path).content().tear(old.content(), draw, mode);
            }
        }
        return after;
    }

    /**
     * Loses power in place: handles die.
     *
     * @param seed of what survives.
     */
    public void powerLoss(final long seed)
    {
        adopt(afterPowerLoss(seed));
    }

    /**
     * Kills the process in place: handles die, the page cache stays.
     */
    public void processCrash()
    {
        adopt(afterProcessCrash());
    }

    /**
     * Gives the memory back for other disks. Nothing of this one may be used afterwards.
     */
    @Override
    public void close()
    {
        tree.giveBack();
        tree = new SimulatedTree();
        life++;
    }

    // ---------------------------------------------------------------- StorageIo

    @Override
    public void createDirectories(final Path dir)
    {
        SimulatedInode directory = tree.root();
        Path path = Path.of("/");
        for (final Path element : dir.normalize())
        {
            final Path parent = path;
            path = path.resolve(element);
            SimulatedInode next = directory.entries().get(element.toString());
            if (next == null)
            {
                before(SimulatedOperation.MAKE_DIRECTORY, path);
                next = SimulatedInode.directory();
                directory.entries().put(element.toString(), next);
                tree.changed(DirectoryChange.added(directory, element.toString(), next));
                forceDirectory(parent);
            }
            else if (!next.isDirectory())
            {
                throw new StorageException(StorageException.Kind.EXISTS, path, "is a file, not a directory");
            }
            directory = next;
        }
    }

    @Override
    public boolean exists(final Path path)
    {
        checkPower();
        return tree.find(path) != null;
    }

    @Override
    public List<String> list(final Path dir)
    {
        before(SimulatedOperation.LIST, dir);
        final SimulatedInode directory = tree.find(dir);
        return directory == null || !directory.isDirectory() ? List.of() : List.copyOf(directory.entries().keySet());
    }

    @Override
    public StorageFile open(final Path path, final OpenMode mode)
    {
        if (mode == OpenMode.CREATE_NEW)
        {
            before(SimulatedOperation.CREATE, path);
            final SimulatedInode directory = tree.directory(path.getParent());
            if (directory.entries().containsKey(SimulatedTree.name(path)))
            {
                throw new StorageException(StorageException.Kind.EXISTS, path, "the file is there already");
            }
            final SimulatedInode created = SimulatedInode.file(new SimulatedContent(pool));
            directory.entries().put(SimulatedTree.name(path), created);
            tree.changed(DirectoryChange.added(directory, SimulatedTree.name(path), created));
            return new SimulatedFile(this, path, created.content(), true);
        }
        before(SimulatedOperation.OPEN, path);
        return new SimulatedFile(this, path, tree.file(path).content(), mode == OpenMode.READ_WRITE);
    }

    @Override
    public void rename(final Path from, final Path to)
    {
        before(SimulatedOperation.RENAME, from);
        final SimulatedInode fromDirectory = tree.directory(from.getParent());
        final SimulatedInode toDirectory = tree.directory(to.getParent());
        final SimulatedInode inode = fromDirectory.entries().get(SimulatedTree.name(from));
        if (inode == null)
        {
            throw new StorageException(StorageException.Kind.NOT_FOUND, from, "no such file");
        }
        final SimulatedInode replaced = toDirectory.entries().get(SimulatedTree.name(to));
        if (replaced != null && replaced.isDirectory() && !replaced.entries().isEmpty())
        {
            throw new StorageException(StorageException.Kind.EXISTS, to, "the directory is not empty");
        }
        if (replaced == inode)
        {
            return;
        }
        fromDirectory.entries().remove(SimulatedTree.name(from));
        toDirectory.entries().put(SimulatedTree.name(to), inode);
        tree.changed(DirectoryChange.renamed(fromDirectory, SimulatedTree.name(from), toDirectory, SimulatedTree.name(to), inode, replaced));
    }

    @Override
    public void delete(final Path path)
    {
        before(SimulatedOperation.DELETE, path);
        final SimulatedInode directory = tree.directory(path.getParent());
        final SimulatedInode inode = directory.entries().get(SimulatedTree.name(path));
        if (inode == null)
        {
            throw new StorageException(StorageException.Kind.NOT_FOUND, path, "no such file");
        }
        if (inode.isDirectory() && !inode.entries().isEmpty())
        {
            throw new StorageException(StorageException.Kind.EXISTS, path, "the directory is not empty");
        }
        directory.entries().remove(SimulatedTree.name(path));
        tree.changed(DirectoryChange.removed(directory, SimulatedTree.name(path), inode));
    }

    @Override
    public void link(final Path existing, final Path link)
    {
        before(SimulatedOperation.LINK, link);
        if (!linksSupported)
        {
            throw new StorageException(StorageException.Kind.UNSUPPORTED, link, "this file system has no hard links");
        }
        final SimulatedInode inode = tree.file(existing);
        final SimulatedInode directory = tree.directory(link.getParent());
        if (directory.entries().containsKey(SimulatedTree.name(link)))
        {
            throw new StorageException(StorageException.Kind.EXISTS, link, "the file is there already");
        }
        directory.entries().put(SimulatedTree.name(link), inode);
        tree.changed(DirectoryChange.added(directory, SimulatedTree.name(link), inode));
    }

    @Override
    public void forceDirectory(final Path dir)
    {
        final StorageException failure = decide(SimulatedOperation.FORCE_DIRECTORY, dir);
        if (failure != null)
        {
            throw failure;
        }
        tree.commit(tree.directory(dir));
    }

    @Override
    public DirectoryLock lock(final Path dir)
    {
        checkPower();
        final Path key = dir.normalize();
        if (locks.putIfAbsent(key, life) != null)
        {
            throw new StorageException(StorageException.Kind.LOCKED, dir, "the directory is in use by process 1");
        }
        final int holder = life;
        return () ->
        {
            if (holder == life)
            {
                locks.remove(key);
            }
        };
    }

    @Override
    public String lockHolder(final Path dir)
    {
        return locks.containsKey(dir.normalize()) ? "1" : null;
    }

    @Override
    public String bootId()
    {
        return "boot-" + boots;
    }

    @Override
    public long usableSpaceBytes(final Path dir)
    {
        return freeBytes();
    }

    // ---------------------------------------------------------------- for the handles

    int life()
    {
        return life;
    }

    SplittableRandom random()
    {
        return random;
    }

    long freeBytes()
    {
        return Math.max(0, capacityBytes - tree.usedBytes());
    }

    void handleOpened()
    {
        openHandles++;
    }

    void handleClosed()
    {
        openHandles--;
    }

    void regionOpened()
    {
        openRegions++;
    }

    void regionClosed()
    {
        openRegions--;
    }

    void before(final SimulatedOperation operation, final Path path)
    {
        final StorageException failure = decide(operation, path);
        if (failure != null)
        {
            throw failure;
        }
    }

    StorageException decide(final SimulatedOperation operation, final Path path)
    {
        checkPower();
        final long number = operations;
        if (operation.isChanging())
        {
            operations++;
            if (number >= powerLossAt)
            {
                throw new SimulatedCrash(number);
            }
            if (writeBackOneOf > 0 && random.nextInt(writeBackOneOf) == 0)
            {
                writeBack();
            }
            observer.before(number, operation, path);
        }
        final StorageException.Kind kind = faults.decide(number, operation, path);
        return kind == null ? null : new StorageException(kind, path, operation + ": injected failure at operation " + number);
    }

    private void checkPower()
    {
        if (operations > powerLossAt)
        {
            throw new SimulatedCrash(operations);
        }
    }

    // ---------------------------------------------------------------- inside

    private SimulatedStorageIo successor()
    {
        final SimulatedStorageIo after = new SimulatedStorageIo(operations, pool);
        after.capacityBytes = capacityBytes;
        after.boots = boots;
        after.linksSupported = linksSupported;
        return after;
    }

    private void adopt(final SimulatedStorageIo other)
    {
        tree.giveBack();
        tree = other.tree;
        locks = new HashMap<>();
        boots = other.boots;
        powerLossAt = NEVER;
        openHandles = 0;
        openRegions = 0;
        life++;
    }

    private void writeBack()
    {
        for (final Path path : files())
        {
            tree.file(path).content().writeBack(random, 1 + random.nextInt(3), 0, Long.MAX_VALUE);
        }
        if (random.nextBoolean())
        {
            tree.commitPrefix(random);
        }
    }
}
