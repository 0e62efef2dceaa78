using System.Globalization;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>
/// What the orchestrator asks for, in order: checked against history while that is replayed, collected when the step is new.
/// </summary>
internal sealed class ActionJournal
{
    /// <summary>Marks timers that retries create: their due time may change with the policy from one version of the code to the next.</summary>
    public const string RetryTimer = "retry";

    private IReadOnlyList<HistoryEvent>? _expected;
    private int _matched;

    /// <summary>The actions of the new step.</summary>
    public List<HistoryEvent> New { get; } = [];

    /// <summary>Where code and history part, in words; null while they agree.</summary>
    public string? Mismatch { get; private set; }

    public void BeginRecorded(IReadOnlyList<HistoryEvent> expected)
    {
        _expected = expected;
        _matched = 0;
    }

    public void EndRecorded()
    {
        if (_expected is { } expected && _matched < expected.Count) Differ(expected[_matched], null);
        _expected = null;
    }

    /// <summary>Takes the next action; false when history has another one in its place.</summary>
    public bool Record(HistoryEvent action)
    {
        if (Mismatch is not null) return false;
        if (_expected is null)
        {
            New.Add(action);
            return true;
        }

        var expected = _matched < _expected.Count ? _expected[_matched] : null;
        if (expected is not null && Same(expected, action))
        {
            _matched++;
            return true;
        }

        Differ(expected, action);
        return false;
    }

    /// <summary>Notes that the code ended where history goes on.</summary>
    public void EndedEarly() => Mismatch ??= "history goes on here, but the code has ended";

    private void Differ(HistoryEvent? expected, HistoryEvent? actual) =>
        Mismatch ??= $"history has {Describe(expected)}, but the code asked for {Describe(actual)}";

    private static bool Same(HistoryEvent expected, HistoryEvent actual) =>
        expected.Kind == actual.Kind
        && expected.TaskId == actual.TaskId
        && string.Equals(expected.Name, actual.Name, StringComparison.OrdinalIgnoreCase)
        && string.Equals(expected.Target, actual.Target, StringComparison.Ordinal)
        && (expected.Kind != HistoryKind.TimerCreated || expected.Name == RetryTimer || expected.At == actual.At);

    private static string Describe(HistoryEvent? action) => action?.Kind switch
    {
        null => "nothing more",
        HistoryKind.ActivityScheduled => $"action #{action.TaskId}, activity '{action.Name}'",
        HistoryKind.SubOrchestrationCreated => $"action #{action.TaskId}, sub-orchestration '{action.Name}' ({action.Target})",
        HistoryKind.EventSent => $"action #{action.TaskId}, event '{action.Name}' to {action.Target}",
        HistoryKind.TimerCreated when action.Name == RetryTimer => $"action #{action.TaskId}, a retry's timer",
        _ => string.Create(CultureInfo.InvariantCulture, $"action #{action.TaskId}, a timer due {new DateTime(action.At, DateTimeKind.Utc):O}"),
    };
}
