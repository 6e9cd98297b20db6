package io.cairn.engine.cli;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

import io.cairn.engine.raft.Membership;

/**
 * {@code N=HOST:PORT,…}: members and where they are, as a person writes them.
 */
final class MemberList {
    private static final int PORT_MAX = 65_525;

    private MemberList() {
    }

    /**
     * Read a list.
     *
     * @param text as it was written.
     * @return endpoints by id, in ascending order.
     * @throws IllegalArgumentException with a sentence for a person.
     */
    static Map<Integer, String> parse(final String text) {
        final Map<Integer, String> members = new TreeMap<>();
        for (final String part : text.split(",", -1)) {
            final String trimmed = part.strip();
            final int equals = trimmed.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("'" + trimmed + "' is no member: write N=HOST:PORT, separated by commas");
            }
            final int id = id(trimmed.substring(0, equals));
            final String endpoint = trimmed.substring(equals + 1);
            checkEndpoint(endpoint);
            if (null != members.put(id, endpoint)) {
                throw new IllegalArgumentException("member " + id + " is listed twice: give every member an id of its own");
            }
        }
        checkPorts(members);
        return Collections.unmodifiableMap(members);
    }

    /**
     * Read a member's id.
     *
     * @param text as it was written.
     * @return the id.
     */
    static int id(final String text) {
        final int id = number(text);
        if (id < 0 || id >= Membership.MEMBERS_MAX) {
            throw new IllegalArgumentException("'" + text + "' is no member id: it takes 0 to " + (Membership.MEMBERS_MAX - 1));
        }
        return id;
    }

    /**
     * Is this a place where a member can be?
     *
     * @param endpoint as it was written.
     */
    static void checkEndpoint(final String endpoint) {
        final int colon = endpoint.lastIndexOf(':');
        final int port = colon <= 0 ? -1 : number(endpoint.substring(colon + 1));
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("'" + endpoint + "' is no HOST:PORT with a PORT from 1 to " + PORT_MAX + ", the first of ten");
        }
    }

    private static void checkPorts(final Map<Integer, String> members) {
        for (final Map.Entry<Integer, String> left : members.entrySet()) {
            for (final Map.Entry<Integer, String> right : members.entrySet()) {
                if (left.getKey() < right.getKey() && host(left.getValue()).equals(host(right.getValue())) &&
                    Math.abs(port(left.getValue()) - port(right.getValue())) < 10) {
                    throw new IllegalArgumentException(
                        "members " + left.getKey() + " and " + right.getKey() + " share ports: each takes ten, from the one that is named on");
                }
            }
        }
    }

    private static String host(final String endpoint) {
        return endpoint.substring(0, endpoint.lastIndexOf(':'));
    }

    private static int port(final String endpoint) {
        return number(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    private static int number(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException ex) {
            return -1;
        }
    }
}
