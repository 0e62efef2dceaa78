using Microsoft.DurableTask;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>The orchestrator's function as it runs: started by its first event, moved on by the others.</summary>
internal sealed class OrchestratorCode(Func<TaskOrchestrationContext, Task<object?>> run, LocalOrchestrationContext context, OrchestratorThread thread)
{
    private Task<object?>? _task;
    private Exception? _escaped;

    public bool IsDone => _escaped is not null || _task is { IsCompleted: true };

    public object? Output => _task is { IsCompletedSuccessfully: true } ? _task.Result : null;

    /// <summary>What the code ended with, if it ended badly.</summary>
    public Exception? Exception => _escaped ?? _task switch
    {
        { IsFaulted: true } => _task.Exception.InnerException,
        { IsCanceled: true } => new TaskCanceledException(_task),
        _ => null,
    };

    /// <summary>Shows the code a step's events one by one, letting it run as far as each takes it.</summary>
    public void Apply(IEnumerable<HistoryEvent> events)
    {
        foreach (var e in events)
        {
            try
            {
                thread.Run(() => Apply(e));
            }
            catch (Exception escaped)
            {
                // From an async void, or a callback of the code's own: it ends the orchestrator as any other would.
                _escaped ??= escaped;
            }
        }
    }

    private void Apply(HistoryEvent e)
    {
        if (e.Kind == HistoryKind.ExecutionStarted) Start();
        else context.Apply(e);
    }

    private void Start()
    {
        try
        {
            _task ??= run(context) ?? throw new InvalidOperationException("The orchestrator returned no task.");
        }
        catch (Exception e)
        {
            _task = Task.FromException<object?>(e);
        }
    }
}
