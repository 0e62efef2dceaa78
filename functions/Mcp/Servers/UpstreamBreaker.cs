namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Whether a server is asked at all. After <see cref="Most"/> outages in a row it is left alone, for longer each time, up to <see cref="Longest"/>; then one call tries, and its outcome decides.
/// </summary>
internal sealed class UpstreamBreaker
{
    public const int Most = 3;

    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private int _failures;
    private TimeSpan _pause = Shortest;
    private TimeSpan _until;
    private bool _isTrying;

    /// <param name="wait">How long it is left alone; zero where it may be asked.</param>
    /// <returns>Whether it may be asked. Who gets true tells the outcome, or that there was none.</returns>
    public bool TryEnter(TimeSpan now, out TimeSpan wait)
    {
        lock (_lock)
        {
            wait = TimeSpan.Zero;
            if (_failures < Most) return true;
            if (now < _until || _isTrying)
            {
                wait = now < _until ? _until - now : Shortest;
                return false;
            }

            return _isTrying = true;
        }
    }

    public void Succeeded()
    {
        lock (_lock) (_failures, _pause, _isTrying) = (0, Shortest, false);
    }

    public void Failed(TimeSpan now)
    {
        lock (_lock)
        {
            _isTrying = false;
            if (++_failures < Most) return;
            _until = now + _pause;
            _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
        }
    }

    /// <summary>The call ended, and says nothing about the server.</summary>
    public void Left()
    {
        lock (_lock) _isTrying = false;
    }
}
