using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>The orchestrators and activities that the engine can run, by name (in any case).</summary>
public sealed class DurableRegistry
{
    private readonly Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<ActivityInvocation, CancellationToken, Task<object?>>> _activities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Adds an orchestrator. <paramref name="run"/> is called anew on every replay, whatever is around the user's code included. It may await
    /// nothing but the context's tasks, and without ConfigureAwait(false): both are found out and fail the instance.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public void AddOrchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> run)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(run);
        if (!_orchestrators.TryAdd(name, run)) throw new ArgumentException($"An orchestrator named '{name}' is registered already.", nameof(name));
    }

    /// <summary>
    /// Adds an activity. It runs at least once for a call and must be idempotent; what it throws is kept in the history,
    /// message included, so content must not be put into exception messages.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public void AddActivity(string name, Func<ActivityInvocation, CancellationToken, Task<object?>> run)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(run);
        if (!_activities.TryAdd(name, run)) throw new ArgumentException($"An activity named '{name}' is registered already.", nameof(name));
    }

    internal Func<TaskOrchestrationContext, Task<object?>>? FindOrchestrator(string name) => _orchestrators.GetValueOrDefault(name);

    internal Func<ActivityInvocation, CancellationToken, Task<object?>>? FindActivity(string name) => _activities.GetValueOrDefault(name);
}
