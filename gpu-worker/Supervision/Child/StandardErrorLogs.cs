namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Logs of a child: a line each on standard error, which the parent forwards with its own time and the child's name.</summary>
internal sealed class StandardErrorLogs : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var line = $"{logLevel}: {formatter(state, exception)}";
        if (exception is not null) line += $" {exception}";
        Console.Error.WriteLine(line.ReplaceLineEndings(" "));
    }

    public void Dispose()
    {
    }
}
