using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Progress;

namespace Serverless.Functions.Tests.Ingestion.Progress;

/// <summary>A channel that keeps what was sent.</summary>
internal sealed class RecordingProgress : IProgressChannel
{
    public List<(string Group, ProgressMessage Message)> Sent { get; } = [];

    public List<(string User, string Group)> Joined { get; } = [];

    /// <summary>Sending waits for it, where it is set.</summary>
    public TaskCompletionSource? Blocked { get; init; }

    public async Task<bool> SendAsync(string group, ProgressMessage message, CancellationToken cancellationToken)
    {
        if (Blocked is not null) await Blocked.Task;
        Sent.Add((group, message));
        return true;
    }

    public Task JoinAsync(string userId, string group, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        Joined.Add((userId, group));
        return Task.CompletedTask;
    }

    public IEnumerable<ProgressMessage> HeardBy(string collection, Caller caller) =>
        Sent.Where(sent => ProgressAudience.Of(collection, caller).Contains(sent.Group)).Select(sent => sent.Message);
}
