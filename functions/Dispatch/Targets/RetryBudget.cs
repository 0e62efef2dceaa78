namespace Serverless.Functions.Dispatch;

/// <summary>
/// Retries that all requests share: each request adds a fifth of one, each retry takes one, up to a reserve. When a provider fails for
/// everyone, repetition must not multiply the load on it.
/// </summary>
public sealed class RetryBudget
{
    private const double Reserve = 100;
    private const double PerRequest = 0.2;

    private readonly Lock _lock = new();
    private double _left = Reserve;

    public void Earn()
    {
        lock (_lock) _left = Math.Min(Reserve, _left + PerRequest);
    }

    public bool TrySpend()
    {
        lock (_lock)
        {
            if (_left < 1) return false;
            _left--;
            return true;
        }
    }
}
