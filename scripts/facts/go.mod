module isopod/facts

go 1.22
