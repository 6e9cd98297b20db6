/**
 * Configuration keys, the shipped profiles, and the effective configuration with the origin of every value.
 */
package io.cairn.engine.config;
