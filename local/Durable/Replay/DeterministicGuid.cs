using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Local.Durable.Replay;

/// <summary>Identifiers that a replay makes again: version 8 of RFC 9562, section 5.8 and appendix B.2 (SHA-256 of a name).</summary>
internal static class DeterministicGuid
{
    public static Guid Create(string instanceId, DateTime time, int counter)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{instanceId}\n{time.Ticks}\n{counter}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        var id = hash[..16];
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new(id, bigEndian: true);
    }
}
