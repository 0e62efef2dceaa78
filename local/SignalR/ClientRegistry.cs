using System.Collections.Concurrent;

namespace Serverless.Local.SignalR;

/// <summary>Who is connected to which hub, and in which groups. Thread-safe.</summary>
internal sealed class ClientRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ClientConnection> _connections = new(StringComparer.Ordinal);

    // A user's groups outlive its connections.
    private readonly ConcurrentDictionary<(string Hub, string UserId, string Group), DateTimeOffset> _userGroups = new();

    public void Add(ClientConnection connection)
    {
        foreach (var ((hub, userId, group), until) in _userGroups)
            if (hub == connection.Hub && userId == connection.UserId && until > time.GetUtcNow())
                connection.Groups[group] = until;
        _connections[connection.Id] = connection;
    }

    public void Remove(string connectionId)
    {
        if (_connections.TryRemove(connectionId, out var connection))
            connection.Ended();
    }

    public ClientConnection? Find(string hub, string connectionId) =>
        _connections.TryGetValue(connectionId, out var connection) && connection.Hub == hub ? connection : null;

    public IEnumerable<ClientConnection> OfHub(string hub) => _connections.Values.Where(connection => connection.Hub == hub);

    public IEnumerable<ClientConnection> OfUser(string hub, string userId) => OfHub(hub).Where(connection => connection.UserId == userId);

    public IEnumerable<ClientConnection> OfGroup(string hub, string group) => OfHub(hub).Where(connection => connection.Groups.TryGetValue(group, out var until) && until > time.GetUtcNow());

    /// <param name="timeToLive">Zero: the user's present connections only. Null: for good.</param>
    public void AddUser(string hub, string userId, string group, TimeSpan? timeToLive)
    {
        var until = timeToLive is { } limit && limit > TimeSpan.Zero ? time.GetUtcNow() + limit : DateTimeOffset.MaxValue;
        if (timeToLive != TimeSpan.Zero)
            _userGroups[(hub, userId, group)] = until;
        foreach (var connection in OfUser(hub, userId))
            connection.Groups[group] = until;
    }

    /// <param name="group">Null: every group.</param>
    public void RemoveUser(string hub, string userId, string? group)
    {
        foreach (var key in _userGroups.Keys.Where(key => key.Hub == hub && key.UserId == userId && (group is null || key.Group == group)))
            _userGroups.TryRemove(key, out _);
        foreach (var connection in OfUser(hub, userId))
        {
            if (group is null)
                connection.Groups.Clear();
            else
                connection.Groups.TryRemove(group, out _);
        }
    }

    public bool IsInGroup(string hub, string userId, string group) =>
        (_userGroups.TryGetValue((hub, userId, group), out var until) && until > time.GetUtcNow()) || OfGroup(hub, group).Any(connection => connection.UserId == userId);
}
