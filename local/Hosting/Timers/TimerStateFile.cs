using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting.Timers;

/// <summary>Keeps a timer's state in <c>{data}/timers/{function}.json</c>. A state that cannot be read counts as none.</summary>
internal sealed class TimerStateFile(string dataDirectory, string function, ILogger logger)
{
    private readonly string _path = Path.Combine(dataDirectory, "timers", function + ".json");

    public TimerState? Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<TimerState>(File.ReadAllText(_path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            logger.TimerStateUnread(function, e.GetType().Name);
            return null;
        }
    }

    public void Write(TimerState state)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.WriteAllText(_path + ".new", JsonSerializer.Serialize(state));
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.TimerStateUnwritten(function, e.GetType().Name);
        }
    }
}
