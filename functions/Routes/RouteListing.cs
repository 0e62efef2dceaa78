using System.Buffers;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Routes;

/// <summary>The routes that are not deleted, as they were at one moment, in the order of their names.</summary>
public sealed class RouteListing
{
    private readonly RouteEntry[] _entries;
    private readonly Dictionary<string, RouteEntry> _byName;

    // Each route as a model in JSON, written when it is first shown: lists of thousands are then copied together, and who asks for many of them at once takes little from others.
    private readonly byte[]?[] _models;

    /// <param name="entries">In any order; deleted ones are left out.</param>
    public RouteListing(IEnumerable<RouteEntry> entries)
    {
        _entries = [.. entries.Where(e => !e.Deleted)];
        Array.Sort(_entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        _models = new byte[_entries.Length][];
        _byName = _entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<RouteEntry> Entries => _entries;

    public RouteEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The names of all models behind all routes.</summary>
    public bool HasModel(string model) => Array.Exists(_entries, e => e.Models.Contains(model, StringComparer.Ordinal));

    /// <summary>What a caller may use, from the first name behind <paramref name="after"/> on.</summary>
    public IEnumerable<RouteEntry> Visible(Caller caller, string? after = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        for (var i = after is null ? 0 : FirstBehind(after); i < _entries.Length; i++)
        {
            if (MayUse(caller, _entries[i])) yield return _entries[i];
        }
    }

    /// <summary>OpenAI's list of the models that a caller may use, as the serializer writes a <see cref="ModelList"/>.</summary>
    public ReadOnlyMemory<byte> ModelsJson(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var json = new ArrayBufferWriter<byte>(64 + (_entries.Length * 96));
        json.Write("""{"object":"list","data":["""u8);
        var isFirst = true;
        for (var i = 0; i < _entries.Length; i++)
        {
            if (!MayUse(caller, _entries[i])) continue;
            if (!isFirst) json.Write(","u8);
            isFirst = false;
            json.Write(_models[i] ??= JsonSerializer.SerializeToUtf8Bytes(ModelOf(_entries[i]), WireJson.Options));
        }

        json.Write("]}"u8);
        return json.WrittenMemory;
    }

    private static ModelInfo ModelOf(RouteEntry entry) => new(entry.Name, "model", entry.CreatedAt.ToUnixTimeSeconds(), entry.Provider ?? "route");

    private bool MayUse(Caller caller, RouteEntry entry) =>
        caller.MayUse(entry.Name)
        && (entry.Collection is null || caller.MayRead(entry.Collection))
        && entry.Models.All(caller.MayUseModel)
        // An answers route speaks with the model of the route that writes for it.
        && (entry.Uses.Count == 0 || Find(entry.Uses[0]) is not { } writer || writer.Models.All(caller.MayUseModel));

    private int FirstBehind(string name)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_entries[middle].Name, name) > 0) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
