using System.Text.Json;

namespace Serverless.Local.Durable.Replay;

/// <inheritdoc cref="PendingTask"/>
internal sealed class PendingTask<T>(string name, int taskId) : PendingTask(name, taskId)
{
    // Continuations run on the orchestrator's thread, which is where results are set.
    private readonly TaskCompletionSource<T> _source = new();

    public Task<T> Task => _source.Task;

    public override bool IsDone => _source.Task.IsCompleted;

    public override void Complete(string? json)
    {
        T? value;
        try
        {
            value = DurableJson.Read<T>(json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // The reader's message may quote the text it read.
            Fail(new InvalidDataException($"The result of '{Name}' is not a {typeof(T)} ({e.GetType().Name})."));
            return;
        }

        _source.TrySetResult(value!);
    }

    public override void Fail(Exception exception) => _source.TrySetException(exception);

    public override bool Cancel(CancellationToken token) => _source.TrySetCanceled(token);
}
