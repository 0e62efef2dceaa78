using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Functions.Clients;

/// <summary>The SHA-256 of a key: 32 bytes in memory, of which 100,000 clients' are held; 64 hexadecimal digits in lower case in JSON. What else is read there is nobody's.</summary>
[JsonConverter(typeof(Converter))]
public readonly struct KeyDigest : IEquatable<KeyDigest>
{
    private readonly Words _words;

    private KeyDigest(ReadOnlySpan<byte> bytes) => _words = MemoryMarshal.Read<Words>(bytes);

    /// <summary>No key's.</summary>
    public bool IsNone => ((ReadOnlySpan<ulong>)_words).IndexOfAnyExcept(0ul) < 0;

    public static KeyDigest Of(string key)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        ClientKey.Hash(key, bytes);
        return new KeyDigest(bytes);
    }

    /// <param name="hash">64 hexadecimal digits in lower case.</param>
    /// <returns>None for what is something else.</returns>
    public static KeyDigest Parse(ReadOnlySpan<char> hash)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        return hash.Length == 2 * SHA256.HashSizeInBytes && !hash.ContainsAnyInRange('A', 'F') && Convert.FromHexString(hash, bytes, out _, out _) == OperationStatus.Done
            ? new KeyDigest(bytes)
            : default;
    }

    /// <summary>Compares in a time that does not depend on where the two differ. None is like nothing.</summary>
    public bool Matches(in KeyDigest other)
    {
        Span<Words> both = [_words, other._words];
        var bytes = MemoryMarshal.AsBytes(both);
        return CryptographicOperations.FixedTimeEquals(bytes[..SHA256.HashSizeInBytes], bytes[SHA256.HashSizeInBytes..]) & !IsNone;
    }

    public bool Equals(KeyDigest other) => ((ReadOnlySpan<ulong>)_words).SequenceEqual(other._words);

    public override bool Equals(object? obj) => obj is KeyDigest other && Equals(other);

    public override int GetHashCode() => _words[0].GetHashCode();

    /// <summary>In hexadecimal; empty for none.</summary>
    public override string ToString()
    {
        Span<Words> words = [_words];
        return IsNone ? "" : Convert.ToHexStringLower(MemoryMarshal.AsBytes(words));
    }

    public static bool operator ==(KeyDigest left, KeyDigest right) => left.Equals(right);

    public static bool operator !=(KeyDigest left, KeyDigest right) => !left.Equals(right);

    [System.Runtime.CompilerServices.InlineArray(SHA256.HashSizeInBytes / sizeof(ulong))]
    private struct Words
    {
        private ulong _first;
    }

    internal sealed class Converter : JsonConverter<KeyDigest>
    {
        public override KeyDigest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? Parse(reader.GetString()) : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, KeyDigest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
