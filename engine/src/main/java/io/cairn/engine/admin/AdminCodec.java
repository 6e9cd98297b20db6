package io.cairn.engine.admin;

import io.cairn.engine.bootstrap.Endpoints;
import io.cairn.engine.codec.admin.AdminReplyDecoder;
import io.cairn.engine.codec.admin.AdminReplyEncoder;
import io.cairn.engine.codec.admin.AdminRequestDecoder;
import io.cairn.engine.codec.admin.AdminRequestEncoder;
import io.cairn.engine.codec.admin.MessageHeaderDecoder;
import io.cairn.engine.codec.admin.MessageHeaderEncoder;
import io.cairn.engine.pipeline.ConfigurationCodec;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.TransferCounts;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Role;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests and replies as bytes (schema {@code admin-messages.xml}) and back. Rare, so everything is made anew.
 */
public final class AdminCodec {
    private static final int TEXT_LENGTH_MAX = 4096;
    private static final int SCRATCH_LENGTH = 1024;

    private AdminCodec() {
    }

    /**
     * @param request to encode.
     * @return its bytes.
     */
    public static byte[] encode(final AdminRequest request) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(SCRATCH_LENGTH);
        final AdminRequestEncoder encoder = new AdminRequestEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        encoder.index(request.index())
            .member(request.member())
            .operation((short)request.operation())
            .force((short)(request.force() ? 1 : 0));
        final AdminRequestEncoder.EditsEncoder edits = encoder.editsCount(request.edits().size());
        for (final AdminRequest.Edit edit : request.edits()) {
            final byte[] endpoint = edit.endpoint().getBytes(StandardCharsets.UTF_8);
            edits.next().id(edit.id()).action((short)edit.action()).putEndpoint(endpoint, 0, endpoint.length);
        }
        return bytes(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /**
     * @param buffer that holds a request.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the request; null where the bytes are none.
     */
    public static AdminRequest decodeRequest(final DirectBuffer buffer, final int offset, final int length) {
        final UnsafeBuffer bytes = new UnsafeBuffer(buffer, offset, length);
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        if (!isOf(bytes, header, AdminRequestDecoder.TEMPLATE_ID, AdminRequestDecoder.BLOCK_LENGTH)) {
            return null;
        }
        try {
            final AdminRequestDecoder decoder = new AdminRequestDecoder()
                .wrap(bytes, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            final List<AdminRequest.Edit> edits = new ArrayList<>();
            final int operation = decoder.operation();
            final int member = decoder.member();
            final long index = decoder.index();
            final boolean force = 0 != decoder.force();
            final AdminRequestDecoder.EditsDecoder group = decoder.edits();
            if (group.count() > Membership.MEMBERS_MAX) {
                return null;
            }
            while (group.hasNext()) {
                group.next();
                final int id = group.id();
                final int action = group.action();
                final byte[] bytesOfEndpoint = new byte[group.endpointLength()];
                group.getEndpoint(bytesOfEndpoint, 0, bytesOfEndpoint.length);
                final String endpoint = Endpoints.decode(bytesOfEndpoint);
                if (null == endpoint) {
                    return null;
                }
                edits.add(new AdminRequest.Edit(action, id, endpoint));
            }
            return new AdminRequest(operation, member, index, force, List.copyOf(edits));
        } catch (final IndexOutOfBoundsException ex) {
            // A length in it points behind its end.
            return null;
        }
    }

    /**
     * @param reply to encode.
     * @return its bytes.
     */
    public static byte[] encode(final AdminReply reply) {
        final MemberStatus status = reply.status();
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(SCRATCH_LENGTH);
        final AdminReplyEncoder encoder = new AdminReplyEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        final String said = reply.text();
        final byte[] text = said.substring(0, Math.min(said.length(), TEXT_LENGTH_MAX)).getBytes(StandardCharsets.UTF_8);
        final byte[] configuration = ConfigurationCodec.encode(status.configuration());
        encoder.incarnation(status.incarnation())
            .term(status.term())
            .firstIndex(status.firstIndex())
            .lastIndex(status.lastIndex())
            .commitIndex(status.commitIndex())
            .appliedIndex(status.appliedIndex())
            .snapshotIndex(status.snapshotIndex())
            .sessions(status.sessions())
            .index(reply.index())
            .digest(reply.digest())
            .member(status.id())
            .leader(status.leader())
            .faultyRanges(status.faultyRanges())
            .code((short)reply.code())
            .role((short)status.role().ordinal())
            .snapshotsSent(status.transfers().snapshotsSent())
            .snapshotBytesSent(status.transfers().snapshotBytesSent())
            .incrementsSent(status.transfers().incrementsSent())
            .incrementBytesSent(status.transfers().incrementBytesSent())
            .snapshotsInstalled(status.transfers().snapshotsInstalled())
            .incrementsInstalled(status.transfers().incrementsInstalled())
            .putConfiguration(configuration, 0, configuration.length)
            .putText(text, 0, text.length);
        return bytes(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /**
     * @param payload a reply.
     * @return the reply; null where the bytes are none.
     */
    public static AdminReply decodeReply(final byte[] payload) {
        final UnsafeBuffer bytes = new UnsafeBuffer(payload);
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        if (!isOf(bytes, header, AdminReplyDecoder.TEMPLATE_ID, AdminReplyDecoder.BLOCK_LENGTH)) {
            return null;
        }
        try {
            final AdminReplyDecoder decoder = new AdminReplyDecoder()
                .wrap(bytes, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            final byte[] configuration = new byte[decoder.configurationLength()];
            decoder.getConfiguration(configuration, 0, configuration.length);
            final byte[] text = new byte[decoder.textLength()];
            decoder.getText(text, 0, text.length);
            final String said = new String(text, StandardCharsets.UTF_8);
            final MemberStatus status = new MemberStatus(
                decoder.member(),
                decoder.incarnation(),
                Role.values()[decoder.role()],
                decoder.leader(),
                decoder.term(),
                decoder.firstIndex(),
                decoder.lastIndex(),
                decoder.commitIndex(),
                decoder.appliedIndex(),
                decoder.snapshotIndex(),
                decoder.faultyRanges(),
                decoder.sessions(),
                new TransferCounts(
                    decoder.snapshotsSent(), decoder.snapshotBytesSent(), decoder.incrementsSent(), decoder.incrementBytesSent(),
                    decoder.snapshotsInstalled(), decoder.incrementsInstalled()),
                ConfigurationCodec.decode(configuration),
                said);
            return new AdminReply(decoder.code(), status, decoder.index(), decoder.digest(), said);
        } catch (final IndexOutOfBoundsException | IllegalArgumentException ex) {
            return null;
        }
    }

    private static boolean isOf(final DirectBuffer bytes, final MessageHeaderDecoder header, final int templateId, final int blockLength) {
        if (bytes.capacity() < MessageHeaderDecoder.ENCODED_LENGTH) {
            return false;
        }
        header.wrap(bytes, 0);
        return AdminReplyDecoder.SCHEMA_ID == header.schemaId() && templateId == header.templateId() && header.blockLength() >= blockLength &&
            MessageHeaderDecoder.ENCODED_LENGTH + header.blockLength() <= bytes.capacity();
    }

    private static byte[] bytes(final DirectBuffer buffer, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }
}
