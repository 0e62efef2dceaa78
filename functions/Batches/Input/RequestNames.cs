using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Batches.Input;

/// <summary>The names of a batch's requests, each of which may come once. Names are as long as their callers like; what stands for one in memory is not.</summary>
internal sealed class RequestNames
{
    private readonly Dictionary<UInt128, int> _places = [];

    /// <param name="place">Where the name comes.</param>
    /// <param name="earlier">Where it came before; <paramref name="place"/> where it did not.</param>
    /// <returns>Whether it had not come before.</returns>
    public bool TryAdd(string name, int place, out int earlier)
    {
        var key = BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var isNew = _places.TryAdd(key, place);
        earlier = _places[key];
        return isNew;
    }
}
