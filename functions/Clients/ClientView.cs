namespace Serverless.Functions.Clients;

/// <summary>A client as operators see it. <see cref="Key"/> is set once, in the answer that made it.</summary>
public sealed record ClientView(
    string Id,
    string Name,
    IReadOnlyList<string> Groups,
    bool IsOperator,
    IReadOnlyList<string>? AllowedRoutes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RotatedAt,
    string? Key = null)
{
    public static ClientView Of(ClientRecord record, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new(record.Id, record.Name, record.Groups, record.IsOperator, record.AllowedRoutes, record.CreatedAt, record.RotatedAt, key);
    }

    /// <summary>The key never reaches a log by way of ToString.</summary>
    public override string ToString() => Id;
}
