namespace Serverless.Functions.Clients;

/// <summary>
/// Clients whose ids begin alike, in one blob (<c>config/clients/{first two digits}.json</c>): authentication costs one read for each of the 256, whatever
/// keys are tried, and 100,000 clients are 400 in each.
/// </summary>
public sealed record ClientList
{
    /// <summary>Of one blob.</summary>
    public const int MaxClients = 2000;

    public long Revision { get; init; }

    /// <summary>Who wrote this state; tells a writer that its write went through although the answer was lost.</summary>
    public string WriteId { get; init; } = "";

    public IReadOnlyDictionary<string, ClientRecord> Clients { get; init; } = new Dictionary<string, ClientRecord>();

    /// <summary>The same in less memory: ids are there once.</summary>
    internal ClientList Packed()
    {
        var packed = new Dictionary<string, ClientRecord>(Clients.Count);
        foreach (var (id, client) in Clients) packed[client.Id == id ? client.Id : id] = client.Packed();
        return this with { Clients = packed };
    }

    public override string ToString() => $"[{Clients.Count} clients]";
}
