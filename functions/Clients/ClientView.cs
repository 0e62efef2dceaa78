namespace Serverless.Functions.Clients;

/// <summary>A client as operators and readers see it. <see cref="Key"/> is set once, in the answer that made it.</summary>
public sealed record ClientView(
    string Id,
    string Name,
    ClientRole Role,
    bool IsOperator,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string>? AllowedRoutes,
    IReadOnlyList<string>? AllowedCollections,
    IReadOnlyList<string>? AllowedModels,
    IReadOnlyList<string>? AllowedMcpServers,
    IReadOnlyList<KeyView> Keys,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RotatedAt,
    DateTimeOffset? ExpiresAt,
    bool Disabled,
    EntraIdentity? Entra,
    string? Key = null)
{
    public static ClientView Of(ClientRecord record, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new(
            record.Id,
            record.Name,
            record.EffectiveRole,
            record.EffectiveRole == ClientRole.Operator,
            record.Groups,
            record.AllowedRoutes,
            record.AllowedCollections,
            record.AllowedModels,
            record.AllowedMcpServers,
            [.. record.AllKeys.Select(k => new KeyView(k.Id, k.CreatedAt, k.ExpiresAt))],
            record.CreatedAt,
            record.RotatedAt,
            record.ExpiresAt,
            record.Disabled,
            record.Entra,
            key);
    }

    /// <summary>The key never reaches a log by way of ToString.</summary>
    public override string ToString() => Id;
}
