using System.Text.Json.Serialization;

namespace Serverless.Functions.Limits.Rules;

/// <summary>A part of all limits, as stored in blob <c>config/limits/{number}.json</c>: those of the routes and clients whose names hash to it.</summary>
public sealed record LimitShard
{
    private Dictionary<string, SubjectLimits>? _compiled;

    public long Revision { get; init; }

    /// <summary>Tells a writer that its write went through although the answer was lost.</summary>
    public string WriteId { get; init; } = "";

    /// <summary>By <c>route/NAME</c> or <c>client/ID</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LimitEntry>> Limits { get; init; } = new Dictionary<string, IReadOnlyList<LimitEntry>>();

    [JsonIgnore]
    public IReadOnlyDictionary<string, SubjectLimits> Compiled =>
        _compiled ??= Limits.ToDictionary(l => l.Key, l => new SubjectLimits(l.Key, l.Value), StringComparer.Ordinal);
}
