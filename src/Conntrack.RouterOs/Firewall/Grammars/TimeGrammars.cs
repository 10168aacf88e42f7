using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Times in rules.</summary>
static class TimeGrammars
{
    static readonly WordSetGrammar<RuleDays> s_days = new(
        "day", ("sun", RuleDays.Sunday), ("mon", RuleDays.Monday), ("tue", RuleDays.Tuesday), ("wed", RuleDays.Wednesday),
        ("thu", RuleDays.Thursday), ("fri", RuleDays.Friday), ("sat", RuleDays.Saturday));

    const RuleDays EveryDay = RuleDays.Sunday | RuleDays.Monday | RuleDays.Tuesday | RuleDays.Wednesday | RuleDays.Thursday
        | RuleDays.Friday | RuleDays.Saturday;

    /// <summary><c>from-to,day,…</c>; every day where none is named.</summary>
    public static ValueGrammar<TimeWindow> Window { get; } = new FormGrammar<TimeWindow>(
        "from-to,days such as 8h-17h30m,mon,tue,wed,thu,fri", "is no time of day", ReadWindow,
        static window => $"{RouterOsTime.Format(window.From)}-{RouterOsTime.Format(window.To)},{s_days.Format(window.Days)}");

    /// <summary>How long a listed address stays: a time, for ever, or until the router ends.</summary>
    public static ValueGrammar<ListedTimeout> ListedTimeout { get; } = new FormGrammar<ListedTimeout>(
        "none-dynamic, none-static, or a time up to 35w3d13h13m56s", "is no timeout", ReadTimeout,
        static timeout => timeout.Time is { } time ? RouterOsTime.Format(time) : timeout.Static ? "none-static" : "none-dynamic",
        ["none-dynamic", "none-static"]);

    static readonly TimeSpan s_mostListed = TimeSpan.FromSeconds(21_474_836);

    static TimeWindow? ReadWindow(string text)
    {
        (string range, string? names) = Numerals.Split(text, ',');
        (string head, string? tail) = Numerals.Split(range, '-');
        RuleDays days = EveryDay;
        return TryReadOfDay(head, out TimeSpan from) && TryReadOfDay(tail ?? "", out TimeSpan to)
            && (names is null || s_days.Parse(names, out days) is null)
            ? new(from, to, days)
            : null;
    }

    static bool TryReadOfDay(string text, out TimeSpan time) =>
        RouterOsTime.TryParse(text, out time) && time <= TimeSpan.FromDays(1) && time.Ticks % TimeSpan.TicksPerSecond == 0;

    static ListedTimeout? ReadTimeout(string text) => text switch
    {
        "none-dynamic" => new(null),
        "none-static" => new(null, Static: true),
        _ => !RouterOsTime.TryParse(text, out TimeSpan time) || time > s_mostListed || time.Ticks % TimeSpan.TicksPerSecond != 0 ? null
            // RouterOS's own spelling of none-dynamic in exports of version 6.
            : time == TimeSpan.Zero ? new(null) : new(time),
    };
}
