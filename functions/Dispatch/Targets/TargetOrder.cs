using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// In which order a route's targets are tried: those that work before those that do not, lower priorities first, and among equals by weight.
/// Each draws u from 0 to 1 and gets the rank -ln(u) / weight (Efraimidis and Spirakis, weighted sampling; with a u that is fixed for client
/// and target it is weighted rendezvous hashing, so that a client keeps its target when others come and go).
/// </summary>
internal static class TargetOrder
{
    public static IReadOnlyList<RouteModel> Of(IReadOnlyList<RouteTarget> targets, Func<RouteTarget, double> draw, Func<RouteTarget, bool> isAvailable) =>
    [
        .. targets
            .Select(target => (Target: target, Rank: target.Weight == 0 ? double.PositiveInfinity : -Math.Log(Math.Max(draw(target), double.Epsilon)) / target.Weight))
            .OrderBy(t => isAvailable(t.Target) ? 0 : 1)
            .ThenBy(t => t.Target.Priority)
            .ThenBy(t => t.Rank)
            .Select(t => t.Target.Model),
    ];

    /// <summary>A number from 0 to 1 that is the same for the same text everywhere.</summary>
    public static double Point(string text) =>
        (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> 11) * (1.0 / (1UL << 53));
}
