package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotLease;
import io.cairn.wal.io.StorageIo;

/** A snapshot with what it is built on. Owner: the Snapshotter. */
public final class SnapshotCargo implements TransferCargo {
    private final StorageIo io;
    private final SnapshotLease lease;

    /**
     * @param io    way to the files.
     * @param lease keeps them; closed with this.
     */
    public SnapshotCargo(final StorageIo io, final SnapshotLease lease) {
        this.io = io;
        this.lease = lease;
    }

    @Override
    public long index() {
        return lease.top().index();
    }

    @Override
    public int itemCount() {
        return lease.manifests().size();
    }

    @Override
    public boolean isIncrement() {
        return false;
    }

    @Override
    public String name() {
        return "snapshot " + lease.top().name();
    }

    @Override
    public TransferStream open(final int item) {
        return new SnapshotStream(io, lease, lease.manifests().get(item));
    }

    @Override
    public void close() {
        lease.close();
    }
}
