using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.GpuWorker.KvCache;

/// <summary>
/// The identity of a full block: SHA-256 over its predecessor's identity and its tokens, so that equal hashes mean equal prefixes. A chain
/// begins with an HMAC of the client under a secret of the process: no client can hit, probe or forge another's blocks.
/// </summary>
public readonly record struct BlockHash
{
    private readonly UInt128 _high, _low;

    private BlockHash(ReadOnlySpan<byte> digest)
    {
        _high = BinaryPrimitives.ReadUInt128LittleEndian(digest);
        _low = BinaryPrimitives.ReadUInt128LittleEndian(digest[16..]);
    }

    /// <summary>What a client's chains begin with.</summary>
    public static BlockHash Root(ReadOnlySpan<byte> secret, string clientId) => new(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(clientId)));

    /// <summary>The hash of the block of these tokens after this one.</summary>
    public BlockHash Next(ReadOnlySpan<int> tokens)
    {
        Span<byte> content = stackalloc byte[32 + (sizeof(int) * tokens.Length)];
        BinaryPrimitives.WriteUInt128LittleEndian(content, _high);
        BinaryPrimitives.WriteUInt128LittleEndian(content[16..], _low);
        for (int i = 0; i < tokens.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(content[(32 + (sizeof(int) * i))..], tokens[i]);

        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(content, digest);
        return new BlockHash(digest);
    }

    public override string ToString() => _high.ToString("x32", null)[..8];
}
